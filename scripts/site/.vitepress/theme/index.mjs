/** VitePress's own look, with room for pictures and tables where there is little of it. */
import theme from 'vitepress/theme'
import './narrow.css'

export default theme
